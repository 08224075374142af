// Asks the bundle's golden vectors here, and lists what came of each.
import { openPlanner } from "./planner.js";

const said = document.querySelector("#said");
const checks = document.querySelector("#checks");
const onProgress = (progress) => (said.textContent = progress.said);

try {
  const planner = await openPlanner({ onProgress });
  const { name, version, sha256 } = planner.about;
  const result = await planner.selftest({ onProgress });
  for (const { name, ok, said } of result.checks) {
    const line = document.createElement("li");
    line.textContent = `${ok ? "passed" : "FAILED"}: ${name}: ${said}`;
    checks.append(line);
  }
  const failed = result.checks.filter((check) => !check.ok).length;
  said.textContent = `${failed || "None"} of ${result.checks.length} checks failed (${name}, studysmith ${version}, model ${sha256.slice(0, 12)}).`;
} catch (error) {
  said.textContent = error.message;
}
