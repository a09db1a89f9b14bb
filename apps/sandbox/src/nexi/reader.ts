import type { Problems } from './refusal.js';

type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Property names match in any case, and an explicit null is an absence. */
export const propertyOf = (object: Json, name: string): unknown => {
  const exact = Object.hasOwn(object, name) ? object[name] : undefined;
  if (exact !== undefined) return exact ?? undefined;
  const wanted = name.toLowerCase();
  for (const key of Object.keys(object))
    if (key.length === wanted.length && key.toLowerCase() === wanted)
      return object[key] ?? undefined;
  return undefined;
};

interface TextRule {
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** Characters the field may not hold. */
  readonly without?: string;
  readonly pattern?: RegExp;
  readonly expected?: string;
}

interface NumberRule {
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
}

/** Amounts are int32 in minor units. */
const INT32 = 2_147_483_647;
const describe = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

/** Reads an object of a request member by member, noting what is wrong under its dotted path. */
export class Reader {
  constructor(
    readonly problems: Problems,
    readonly object: Json,
    readonly path = '',
  ) {}

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  raw(name: string): unknown {
    return propertyOf(this.object, name);
  }

  refuse(name: string, message: string): undefined {
    this.problems.add(this.at(name), message);
    return undefined;
  }

  text(name: string, rule: TextRule = {}): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '')
      return rule.required ? this.refuse(name, 'The field is required.') : undefined;
    if (typeof value !== 'string')
      return this.refuse(name, `Expected a string, found ${describe(value)}.`);
    return this.checkText(name, value, rule);
  }

  private checkText(name: string, value: string, rule: TextRule): string | undefined {
    const { min = 0, max = 4096, without = '', pattern, expected = 'another form' } = rule;
    if (value.length < min || value.length > max)
      return this.refuse(name, `Expected ${min} to ${max} characters, found ${value.length}.`);
    for (const character of without)
      if (value.includes(character))
        return this.refuse(name, `The characters ${[...without].join(' ')} are not allowed.`);
    if (pattern && !pattern.test(value)) return this.refuse(name, `Expected ${expected}.`);
    return value;
  }

  number(name: string, rule: NumberRule = {}): number | undefined {
    const value = this.raw(name);
    if (value === undefined)
      return rule.required ? this.refuse(name, 'The field is required.') : undefined;
    if (typeof value !== 'number' || !Number.isFinite(value))
      return this.refuse(name, `Expected a number, found ${describe(value)}.`);
    const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE } = rule;
    if (value < min || value > max)
      return this.refuse(name, `Expected ${min} to ${max}, found ${value}.`);
    return value;
  }

  int32(name: string, rule: NumberRule = {}): number | undefined {
    const value = this.number(name, { min: -INT32 - 1, max: INT32, ...rule });
    if (value !== undefined && !Number.isInteger(value))
      return this.refuse(name, 'Expected a whole number of 32 bits.');
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.refuse(name, `Expected a boolean, found ${describe(value)}.`);
  }

  child(name: string, isRequired = false): Reader | undefined {
    const value = this.raw(name);
    if (value === undefined)
      return isRequired ? this.refuse(name, 'The field is required.') : undefined;
    if (!isObject(value)) return this.refuse(name, `Expected an object, found ${describe(value)}.`);
    return new Reader(this.problems, value, this.at(name));
  }

  list(name: string, rule: NumberRule = {}): Reader[] | undefined {
    const value = this.raw(name);
    if (value === undefined)
      return rule.required ? this.refuse(name, 'The field is required.') : undefined;
    if (!Array.isArray(value))
      return this.refuse(name, `Expected an array, found ${describe(value)}.`);
    const { min = 0, max = 100_000 } = rule;
    if (value.length < min || value.length > max)
      return this.refuse(name, `Expected ${min} to ${max} entries, found ${value.length}.`);
    return value.flatMap((entry: unknown, index) => {
      const path = `${this.at(name)}[${index}]`;
      if (isObject(entry)) return [new Reader(this.problems, entry, path)];
      this.problems.add(path, `Expected an object, found ${describe(entry)}.`);
      return [];
    });
  }

  /** Some integrations send ids as JSON numbers: taken as text. */
  textOrNumber(name: string, rule: TextRule): string | undefined {
    const value = this.raw(name);
    return typeof value === 'number'
      ? this.checkText(name, String(value), rule)
      : this.text(name, rule);
  }
}
