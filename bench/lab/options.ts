import { InvalidArgumentError } from 'commander';

/** Reads an option that counts something. */
export const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < from || value > to)
      throw new InvalidArgumentError(`expected a whole number from ${from} to ${to}`);
    return value;
  };
