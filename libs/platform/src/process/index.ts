// Processes: the lock on the data folder, children that end with their launcher, the clean stop.
// Promises one launcher a data folder, and that its successor knows it is dead.
// Refuses to guess: a process is told from a later one with the same id by its start time.
export { reportReady, type Stop, type StopOptions, stopWhenAsked } from './child.js';
export { type Child, type ChildExit, type ChildOptions, startChild } from './child-process.js';
export { DataDirInUse, type DataDirLock, lockDataDir } from './data-dir.lock.js';
export { isPortFree } from './port.js';
export { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.js';
