import { servePack } from "../../pack.js";

void servePack("security", "securityPack");
