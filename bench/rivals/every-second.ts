/** Calls `take` each second, and again at once while it found something. */
export const everySecond = (take: () => Promise<number>): void => {
  let isBusy = false;
  setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void (async () => {
      try {
        while ((await take()) > 0);
      } finally {
        isBusy = false;
      }
    })();
  }, 1_000);
};
