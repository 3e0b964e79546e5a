import { servePack } from "../../pack.js";

void servePack("least-privilege", "leastPrivilegePack");
