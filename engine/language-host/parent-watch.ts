import { isMainThread } from "node:worker_threads";

/*
 * Loaded into each node process that the language host starts: ends it when the host was killed. The variable is taken
 * out of the environment, because processes that the program forks have the program as their parent.
 */
if (isMainThread) {
  const parent = Number(process.env.CAUSEWAY_WATCHED_PARENT ?? process.ppid);
  delete process.env.CAUSEWAY_WATCHED_PARENT;
  const watch = () => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  };
  watch();
  setInterval(watch, 500).unref();
}
