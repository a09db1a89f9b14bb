// Logging: JSON lines by pino, and Nest's own words through the same.
// Promises that every line is written when the call returns.
// Refuses to write credentials or card data, in fields and in sentences.
export { createLogger, type Logger, type LoggerOptions } from './logger.js';
export { NestLogger } from './nest-logger.js';
