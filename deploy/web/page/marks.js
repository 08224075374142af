// What became of the sessions of a plan, as the learner marks them, and as `replan` takes it.

export const noMarks = () => ({ done: [], missed: [], hard: [], easy: [] });

/** Sessions by number, "1.2" for the second of week 1. */
export const sessionsOf = (plan) =>
  plan.phases.flatMap((phase) => phase.weeks).flatMap((week) =>
    week.sessions.map((session, place) => ({ number: `${week.number}.${place + 1}`, week: week.number, session })),
  );

const without = (list, items) => list.filter((item) => !items.includes(item));
const withAll = (list, items) => [...new Set([...list, ...items])];

export function markDone(marks, number, on) {
  const change = on ? withAll : without;
  return { ...marks, done: change(marks.done, [number]), missed: without(marks.missed, [number]) };
}

/** Miss what is not done of a week, or take it back. */
export function markMissed(plan, marks, week, on) {
  const numbers = sessionsOf(plan).filter((s) => s.week === week).map((s) => s.number);
  const missed = on ? withAll(marks.missed, without(numbers, marks.done)) : without(marks.missed, numbers);
  return { ...marks, missed };
}

export const isMissed = (marks, week) => marks.missed.some((number) => number.startsWith(`${week}.`));

/** A topic was too `hard` or too `easy`, or neither: the two exclude each other. */
export function markLevel(marks, concept, level) {
  const next = { ...marks, hard: without(marks.hard, [concept]), easy: without(marks.easy, [concept]) };
  return level ? { ...next, [level]: [...next[level], concept] } : next;
}

/** What `replan` is told. A topic that was too easy counts as done, so that the time goes to the others. */
export function forPlanner(plan, marks) {
  const skipped = sessionsOf(plan).filter(({ session }) => marks.easy.includes(session.concept)).map((s) => s.number);
  const done = withAll(marks.done, skipped);
  return { done, missed: without(marks.missed, done), hard: marks.hard };
}

/** What is marked beside what is done, in words; "" where nothing is. */
export function changesSaid(marks, names) {
  const listed = (concepts) => concepts.map((concept) => nameOf(concept, names)).join(", ");
  const weeks = [...new Set(marks.missed.map((number) => number.split(".")[0]))];
  return [
    weeks.length && `Missed: week ${weeks.join(", ")}.`,
    marks.hard.length && `Too hard: ${listed(marks.hard)}.`,
    marks.easy.length && `Too easy: ${listed(marks.easy)}.`,
  ].filter(Boolean).join(" ");
}

/** What a concept is called; a topic that is none is in words already. */
export const nameOf = (concept, names) => names[concept] ?? concept;
