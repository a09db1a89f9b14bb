import type { Collection, Store } from './store.js';

export type SwitchValue = string | number;

export interface SwitchDefinition {
  /** The values it may take, or `number` for any whole number from 0. */
  values: readonly string[] | 'number';
  default: SwitchValue;
  /** What it decides, in a sentence. */
  description: string;
}

interface SwitchRow {
  name: string;
  value: SwitchValue;
}

/** Largest number a switch takes: a day in milliseconds is 86,400,000, and no switch needs ten of them. */
const LARGEST_NUMBER = 1_000_000_000;

/** Behaviour where the sources disagree or a test wants another world: each has a name and the recorded default. */
export class Switches {
  private readonly rows: Collection<SwitchRow>;
  private readonly definitions = new Map<string, SwitchDefinition>();

  constructor(store: Store) {
    this.rows = store.collection<SwitchRow>('switches', { id: (row) => row.name });
  }

  define(name: string, definition: SwitchDefinition): void {
    this.definitions.set(name, definition);
  }

  get(name: string): SwitchValue {
    const definition = this.definitions.get(name);
    if (!definition) throw new Error(`no switch is named ${name}`);
    return this.rows.get(name)?.value ?? definition.default;
  }

  /** Answers what is wrong, or nothing when the value was taken. */
  set(name: string, value: unknown): string | undefined {
    const definition = this.definitions.get(name);
    if (!definition) return `no switch is named ${name}; there are ${this.names().join(', ')}`;
    if (definition.values === 'number') {
      const isTaken =
        Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LARGEST_NUMBER;
      if (!isTaken) return `${name} expects a whole number from 0 to ${LARGEST_NUMBER}`;
    } else if (typeof value !== 'string' || !definition.values.includes(value)) {
      return `${name} expects one of ${definition.values.join(', ')}`;
    }
    this.rows.put({ name, value: value as SwitchValue });
    return undefined;
  }

  list(): (SwitchDefinition & { name: string; value: SwitchValue })[] {
    return [...this.definitions].map(([name, definition]) => ({
      name,
      value: this.get(name),
      ...definition,
    }));
  }

  private names(): string[] {
    return [...this.definitions.keys()];
  }
}
