// What each Nest process shares: configuration, logger, database, key ring.
// It promises one instance of each, made before Nest starts, so that a wrong setting stops the start with one line.
// It refuses to open or close them: the process that made them does.
export { CONFIG, LOGGER, PlatformModule, type Platform } from './platform.module.js';
