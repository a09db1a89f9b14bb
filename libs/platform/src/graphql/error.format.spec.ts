import { GraphQLError } from 'graphql';
import { formatErrors, type ReportedFault } from './index.js';

describe('an error on its way out', () => {
  const faults: ReportedFault[] = [];
  const format = formatErrors((fault) => faults.push(fault));

  it('keeps the words of one thrown on purpose', () => {
    const error = new GraphQLError('first: expected 1–100, found 101', {
      extensions: { code: 'BAD_USER_INPUT', http: { status: 400 }, stacktrace: ['secret'] },
    });
    expect(format(error.toJSON(), error)).toEqual({
      message: 'first: expected 1–100, found 101',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('tells nothing of a fault of ours but an id, under which the log has the rest', () => {
    const cause = new Error('duplicate key value violates unique constraint "charges_pkey"');
    const error = new GraphQLError(cause.message, { path: ['charge'], originalError: cause });
    const shown = format(
      { ...error.toJSON(), extensions: { code: 'INTERNAL_SERVER_ERROR' } },
      error,
    );
    expect(JSON.stringify(shown)).not.toContain('charges_pkey');
    expect(shown.extensions?.['code']).toBe('INTERNAL');
    expect(shown.message).toContain(String(shown.extensions?.['correlationId']));
    expect(faults.at(-1)).toEqual({
      correlationId: shown.extensions?.['correlationId'],
      error: cause,
      path: 'charge',
    });
  });

  it('does not believe a code that a fault of ours happens to carry', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.5'), {
      extensions: { code: 'FORBIDDEN' },
    });
    const error = new GraphQLError(cause.message, { originalError: cause });
    const shown = format({ ...error.toJSON(), extensions: { code: 'FORBIDDEN' } }, error);
    expect(JSON.stringify(shown)).not.toContain('10.0.0.5');
  });
});
