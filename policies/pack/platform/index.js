import { servePack } from "../../pack.js";

void servePack("causeway", "platformPack");
