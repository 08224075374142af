// Python in the browser (Pyodide), with the planner in it.

import { Failure } from "./failure.js";
import { part } from "./part.js";
import { loadPyodide } from "./pyodide/pyodide.mjs";

const HERE = new URL("./", import.meta.url);
const ENVIRONMENT = {
  HOME: "/home",
  PYTHONWARNINGS: "ignore",
  RAPIDFUZZ_IMPLEMENTATION: "python",
  STUDYSMITH_CACHE: "/python/cache",
};

/** A session (see session.py) with the site's bundle: `handle` takes what a page asks for, `names` are of concepts, `context` is
 * its model's, and `longest` how many bytes of a prompt are to be expected. */
export async function openPython(site) {
  const files = Object.keys(site.files).filter((path) => path.startsWith("bundle/"));
  const [pyodide, code, algebra, facts, ...contents] = await Promise.all([
    loadPyodide({ indexURL: new URL("pyodide/", HERE).href, env: ENVIRONMENT }),
    ...["python.zip", "sympy.zip", "model.json", ...files].map(async (path) => (await part(site, path)).arrayBuffer()),
  ]).catch((error) => {
    throw error instanceof Failure || error instanceof RangeError ? error : new Failure("offline", `Python cannot be started here: ${error.message}`);
  });
  pyodide.unpackArchive(code, "zip", { extractDir: "/python" });
  pyodide.FS.writeFile("/sympy.zip", new Uint8Array(algebra));
  pyodide.FS.mkdirTree("/bundle");
  pyodide.FS.writeFile("/bundle/model.json", new Uint8Array(facts));
  files.forEach((path, i) => pyodide.FS.writeFile(`/${path}`, new Uint8Array(contents[i])));
  pyodide.runPython("import sys; sys.path[:0] = ['/python', '/sympy.zip']; sys.dont_write_bytecode = True");
  const { Session } = pyodide.pyimport("studysmith.deploy.web.session");
  const { context, longest } = JSON.parse(new TextDecoder().decode(facts));
  let asked;
  const session = Session("/bundle", (question) => asked(question));
  return {
    names: JSON.parse(session.names()),
    context,
    longest,
    handle(verb, body, say, ask) {
      asked = ask;
      return session.handle(verb, body, say);
    },
  };
}
