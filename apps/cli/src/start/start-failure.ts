/** The product cannot come up, for a reason a person can read and act on: one line, no stack. */
export class StartFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartFailure';
  }
}
