// The one shared HTTP client: axios over keep-alive undici pools.
// It promises an answer as a value, NOT_SENT only when not one byte was handed to a socket.
// It refuses to throw for the network, to redirect, to send twice, to let an error object out.
export { retryAfterSecondsOf, waitOf, type HttpAnswer, type HttpCall } from './answer.js';
export { createHttpSender, HttpSender, type HttpSenderOptions } from './http-sender.js';
export { redact, redactMessage } from './redact.js';
