// The outbox: what happened, written in the transaction in which it happened.
// It promises one event for each committed change, and none for one that was not.
// It refuses to be a queue of work: it tells, it does not decide.
export { recordEvents, type NewEvent } from './outbox.repository.js';
