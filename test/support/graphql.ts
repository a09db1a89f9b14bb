/** One error of an answer, as the specification has it. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly [key: string]: unknown };
}

/** What came back, whatever it was. */
export interface GraphqlAnswer<Data> {
  readonly status: number;
  readonly data: Data | null | undefined;
  readonly errors: readonly AnswerError[] | undefined;
}

export interface GraphqlCaller {
  /** The data of an answer that must have no errors; throws with the errors if it has. */
  <Data>(query: string, variables?: object, apiKey?: string): Promise<Data>;
  /** The answer as it came. `apiKey` null sends none. */
  raw<Data>(
    query: string,
    variables?: object,
    apiKey?: string | null,
  ): Promise<GraphqlAnswer<Data>>;
}

/** Speaks GraphQL over HTTP to the API at `url`, with this key unless told another. */
export const createGraphqlCaller = (url: string, ownKey: string): GraphqlCaller => {
  const raw = async <Data>(
    query: string,
    variables: object = {},
    apiKey: string | null = ownKey,
  ): Promise<GraphqlAnswer<Data>> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Omit<GraphqlAnswer<Data>, 'status'>;
    return { status: response.status, data: body.data, errors: body.errors };
  };
  const ask = async <Data>(query: string, variables?: object, apiKey?: string): Promise<Data> => {
    const { data, errors, status } = await raw<Data>(query, variables, apiKey);
    if (errors || !data) throw new Error(`${status} ${JSON.stringify(errors)}`);
    return data;
  };
  return Object.assign(ask, { raw });
};
