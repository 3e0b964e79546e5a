import { servePack } from "../../pack.js";

void servePack("resilience", "resiliencePack");
