import { GraphQLError } from 'graphql';
import { PAGE_MAX } from '#platform/paging';

/** As with pages: more than a hundred is refused, never cut. */
export const checkFirst = (first: number): number => {
  if (first >= 1 && first <= PAGE_MAX) return first;
  throw new GraphQLError(`first: expected 1–${PAGE_MAX}, found ${first}`, {
    extensions: { code: 'BAD_USER_INPUT', field: ['first'] },
  });
};
