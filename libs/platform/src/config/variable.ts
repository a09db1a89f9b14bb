import { z } from 'zod';

/**
 * What the papers say of a variable; kept on its schema so that table, example file and check are
 * one.
 */
export interface VariableNote {
  readonly about: string;
  /** The text that stands for "not set"; absent when leaving it out means something of its own. */
  readonly fallback?: string;
  /** Its value never appears in a message. */
  readonly secret?: true;
}

const NOTES = z.registry<VariableNote>();

export const noteOf = (schema: z.core.$ZodType): VariableNote => {
  const note = NOTES.get(schema);
  if (!note) throw new Error('a variable without a note: add what it is for beside its schema');
  return note;
};

type FromText<T> = z.ZodType<T, string>;

/** A variable that has a default: `fallback` is read exactly as if somebody had set it. */
export const withDefault = <T>(schema: FromText<T>, fallback: string, about: string) =>
  schema.prefault(fallback).register(NOTES, { about, fallback });

export const optional = <T>(schema: FromText<T>, about: string) =>
  schema.optional().register(NOTES, { about });

export const optionalSecret = <T>(schema: FromText<T>, about: string) =>
  schema.optional().register(NOTES, { about, secret: true });

export const text = (): FromText<string> => z.string();

export const wholeNumber = (least: number, most: number): FromText<number> => {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected);
};

export const oneOf = <const T extends readonly [string, ...string[]]>(
  names: T,
): FromText<T[number]> =>
  z.enum(names, `expected one of ${names.join(', ')}`) as unknown as FromText<T[number]>;

/** Whole seconds after a beginning, each later than the one before: `10,30,120`. */
export const risingSeconds = (): FromText<readonly number[]> => {
  const expected = 'expected 1 to 20 rising whole seconds, such as 10,30,120';
  return z
    .string()
    .regex(/^\d{1,7}(,\d{1,7}){0,19}$/, expected)
    .transform((list): readonly number[] => Object.freeze(list.split(',').map(Number)))
    .refine((list) => list.every((at, n) => at > (list[n - 1] ?? 0)), expected);
};

export const urlOf = (protocols: readonly string[]): FromText<string> => {
  const expected = `expected a URL beginning with ${protocols.map((p) => `${p}//`).join(' or ')}`;
  return z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      expected,
    );
};
