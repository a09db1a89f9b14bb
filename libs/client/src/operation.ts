import { z } from 'zod';

/**
 * One thing the API can be asked, told once: the document that is sent, the answer's type and the check of what comes back are all
 * made from it, so that they cannot disagree.
 */
export interface Operation<Variables, Answer> {
  readonly name: string;
  readonly document: string;
  /** Whether the same call again means the same thing once: only then may it be sent again when its fate is unclear. */
  readonly isRepeatable: boolean;
  readonly read: (data: unknown) => Answer;
  /** What the variables and the answer look like: for the check against the schema. */
  readonly shape: {
    readonly kind: 'query' | 'mutation';
    readonly input: z.ZodType | undefined;
    readonly answer: z.ZodType;
  };
  /** Only a type: which variables go with it. */
  readonly takes?: (variables: Variables) => void;
}

/** What the caller did wrong, as the API says it. */
const UserError = z.object({
  code: z.string(),
  field: z.array(z.string()).nullable(),
  message: z.string(),
});
export type UserError = Readonly<z.infer<typeof UserError>>;

/** What a mutation answers: its objects, or what was wrong with the call. */
export type Outcome<Done> =
  | ({ readonly kind: 'DONE' } & Done)
  | { readonly kind: 'REFUSED'; readonly userErrors: readonly UserError[] };

const FIELD_ARGUMENTS = z.registry<{ readonly text: string }>();

/** A field that is asked with arguments: `withArguments(z.array(z.string()), 'first: 12')`. */
export const withArguments = <Field extends z.ZodType>(field: Field, text: string): Field => {
  FIELD_ARGUMENTS.add(field, { text });
  return field;
};

/** What lies under `nullable` and `array`. */
export const coreOf = (type: unknown): unknown => {
  if (type instanceof z.ZodNullable || type instanceof z.ZodOptional) return coreOf(type.unwrap());
  return type instanceof z.ZodArray ? coreOf(type.element) : type;
};

/** The selection that asks for just this: `{ id amount { amount currency } }`, nothing for a scalar. */
const selectionOf = (type: z.ZodType): string => {
  const core = coreOf(type);
  if (!(core instanceof z.ZodObject)) return '';
  const fields = Object.entries(core.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const text = FIELD_ARGUMENTS.get(field)?.text;
    return `${name}${text ? `(${text})` : ''}${selectionOf(field)}`;
  });
  return ` { ${fields.join(' ')} }`;
};

interface QueryOptions<Variables, Answer extends z.ZodType> {
  readonly name: string;
  /** The GraphQL type of each variable, which is passed to the argument of the same name. */
  readonly variables: { readonly [Name in keyof Variables]-?: string };
  readonly answer: Answer;
}

export const query = <Variables extends object, Answer extends z.ZodType>({
  name,
  variables,
  answer,
}: QueryOptions<Variables, Answer>): Operation<Variables, z.infer<Answer>> => {
  const types = Object.entries<string>(variables);
  const declared = types.map(([variable, type]) => `$${variable}: ${type}`).join(', ');
  const passed = types.map(([variable]) => `${variable}: $${variable}`).join(', ');
  const [head, call] = declared ? [`(${declared})`, `(${passed})`] : ['', ''];
  const data = z.object({ [name]: answer });
  return {
    name,
    document: `query ${name}${head} { ${name}${call}${selectionOf(answer)} }`,
    isRepeatable: true,
    read: (received) => data.parse(received)[name] as z.infer<Answer>,
    shape: { kind: 'query', input: undefined, answer },
  };
};

interface MutationOptions<Input extends z.ZodType, Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly input: Input;
  /** The payload beside its user errors: null where there are any, so it is read only where there are none. */
  readonly answer: Shape;
  readonly isRepeatable: boolean;
}

export const mutation = <Input extends z.ZodType, Shape extends z.ZodRawShape>({
  name,
  input,
  answer,
  isRepeatable,
}: MutationOptions<Input, Shape>): Operation<
  { readonly input: z.input<Input> },
  Outcome<z.infer<z.ZodObject<Shape>>>
> => {
  const done = z.object(answer);
  const errors = z.object({ [name]: z.object({ userErrors: z.array(UserError) }) });
  const data = z.object({ [name]: done });
  const inputType = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const payload = z.object({ ...answer, userErrors: z.array(UserError) });
  return {
    name,
    document: `mutation ${name}($input: ${inputType}!) { ${name}(input: $input)${selectionOf(payload)} }`,
    isRepeatable,
    read: (received) => {
      const { userErrors } = errors.parse(received)[name] ?? { userErrors: [] };
      if (userErrors.length > 0) return { kind: 'REFUSED', userErrors };
      const payloads = data.parse(received) as Record<string, z.infer<z.ZodObject<Shape>>>;
      const [objects] = Object.values(payloads);
      if (!objects) throw new TypeError(`expected the payload of ${name}`);
      return { kind: 'DONE', ...objects };
    },
    shape: { kind: 'mutation', input, answer: done },
  };
};
