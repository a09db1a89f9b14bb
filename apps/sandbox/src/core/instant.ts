let lastMs = Number.NaN;
let lastText = '';

/** RFC 3339. Thousands of lines share a millisecond, so its text is made once. */
export const instantOf = (atMs: number): string => {
  if (atMs !== lastMs) {
    lastMs = atMs;
    lastText = new Date(atMs).toISOString();
  }
  return lastText;
};
