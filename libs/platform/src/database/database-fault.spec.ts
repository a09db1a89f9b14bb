import { DatabaseAway, isDatabaseAway, mayRunAgain } from './database-fault.js';

const fault = (code: string, message = 'as the driver has it') =>
  Object.assign(new Error(message), { code });

describe('a fault of the database', () => {
  it.each(['40001', '40P01'])('%s is one to run the transaction again for', (code) => {
    expect(mayRunAgain(fault(code))).toBe(true);
    expect(isDatabaseAway(fault(code))).toBe(false);
  });

  it.each(['57P01', '57P03', '53300', '08006', 'ECONNREFUSED', 'ECONNRESET'])(
    '%s says that it is away, and whether something was done is not known',
    (code) => {
      expect(isDatabaseAway(fault(code))).toBe(true);
      expect(mayRunAgain(fault(code))).toBe(false);
    },
  );

  it('says that it is away without a code, too', () => {
    expect(isDatabaseAway(new DatabaseAway('waited'))).toBe(true);
    expect(isDatabaseAway(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isDatabaseAway(new Error('Client was closed and is not queryable'))).toBe(true);
  });

  it.each([fault('23505'), fault('57014'), new Error('something else'), 'no error at all'])(
    'is neither when the statement itself was at fault',
    (other) => {
      expect(isDatabaseAway(other)).toBe(false);
      expect(mayRunAgain(other)).toBe(false);
    },
  );
});
