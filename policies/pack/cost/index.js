import { servePack } from "../../pack.js";

void servePack("cost", "costPack");
