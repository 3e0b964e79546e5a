import { servePack } from "../../pack.js";

void servePack("tagging", "taggingPack");
