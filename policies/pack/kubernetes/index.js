import { servePack } from "../../pack.js";

void servePack("kubernetes", "kubernetesPack");
