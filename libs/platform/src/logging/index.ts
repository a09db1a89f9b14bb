// Logging: JSON lines by pino, and Nest's own words through the same.
// Promises that a line is written when the call returns, and that no line is waited for.
// Refuses to write credentials or card data, in fields and in sentences.
export { createLogger, type Logger, type LoggerOptions } from './logger.js';
export { NestLogger } from './nest-logger.js';
