/** Tells whoever started us that we wait for work, and ends with them. */
export const reportReady = (): void => {
  process.once('disconnect', () => process.exit(0));
  process.send?.({ ready: true });
};
