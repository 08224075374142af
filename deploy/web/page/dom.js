// The few lines that elements are made with. Text always becomes a text node, so nothing in a plan is read as HTML.

/** An element; attributes that are false, null or undefined are left out, `onclick` and its like are listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** "1 session", "2 sessions". */
export const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** A date, `days` after YYYY-MM-DD, in a language; with `until`, the time from it to so many days after. */
export function dateSaid(iso, language = "en", { days = 0, until = days, ...parts } = {}) {
  const after = (count) => {
    const day = new Date(`${iso}T00:00:00Z`);
    day.setUTCDate(day.getUTCDate() + count);
    return day;
  };
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    day: "numeric", month: "short", timeZone: "UTC", ...parts,
  }).formatRange(after(days), after(until));
}
