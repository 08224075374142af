// A page without a face: what tests call.
import { modelState, openPlanner } from "./planner.js";

const heard = [];
const told = (error) => Promise.reject(new Error(JSON.stringify({ kind: error.kind, field: error.field, message: error.message })));
const onProgress = (progress) => heard.push(progress);
const onWeek = (week) => heard.push({ week: week.number });
let planner;

window.heard = heard;
window.state = () => modelState().catch(told);
window.open_ = async (options = {}) => {
  planner = await openPlanner({ ...options, onProgress }).catch(told);
  return planner.about;
};
window.plan = (text, profile, options) => planner.plan(text, profile, { ...options, onProgress, onWeek }).catch(told);
window.replan = (plan, marks) => planner.replan(plan, marks, { onProgress, onWeek }).catch(told);
window.formats = (plan) => planner.formats(plan).catch(told);
window.selftest = () => planner.selftest({ onProgress }).catch(told);
window.interrupted = (text, after) => {
  const stop = new AbortController();
  const signal = stop.signal;
  return planner.plan(text, {}, { signal, onProgress: () => setTimeout(() => stop.abort(), after) }).catch(told);
};
window.ready = true;
