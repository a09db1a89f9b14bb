/** What a caller asked for and may not have: which field, and what was expected of it. */
export interface Refusal<Code extends string> {
  readonly code: Code;
  readonly field: readonly string[];
  readonly message: string;
}

export const refusal = <Code extends string>(
  code: Code,
  field: readonly string[],
  message: string,
): Refusal<Code> => ({ code, field, message });
