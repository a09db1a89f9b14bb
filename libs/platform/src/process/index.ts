/**
 * Processes: the lock on the data folder, children that end with their launcher, and the clean stop.
 * Promises that one launcher holds a data folder, and that a successor knows its predecessor is dead.
 * Refuses to guess: a process is told from a later one with the same id by its start time.
 */
export { reportReady, type StopOptions, stopWhenAsked } from './child.js';
export { type Child, type ChildExit, type ChildOptions, startChild } from './child-process.js';
export { DataDirInUse, type DataDirLock, lockDataDir } from './data-dir.lock.js';
export { isPortFree } from './port.js';
export { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.js';
