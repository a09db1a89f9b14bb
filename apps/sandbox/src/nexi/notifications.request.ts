import type { WebHook } from './model.js';
import { WITHOUT_MARKUP } from './order.request.js';
import { isObject, type Reader } from './reader.js';

/** The provider's own bounds: webhooks of one request, characters of an address. */
const HOOKS_MAX = 32;
const URL_MAX = 256;
/** Extra headers are modelled by the vendor and nowhere described: a few, short. */
const HEADERS_MAX = 16;
const HEADER_NAME = /^[A-Za-z0-9-]{1,64}$/;
const HEADER_VALUE = /^[\x20-\x7e]{0,256}$/;

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);

export const urlOf = (text: string): URL | undefined => {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
};

/** https, as the provider demands; plain http only where nothing leaves the machine. */
const readUrl = (hook: Reader): string | undefined => {
  const text = hook.text('url', { required: true, max: URL_MAX, without: WITHOUT_MARKUP });
  if (text === undefined) return undefined;
  const url = urlOf(text);
  const isAllowed =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  return isAllowed ? text : hook.refuse('url', 'Expected an absolute https URL.');
};

const isHeader = (name: unknown, value: unknown): value is string =>
  typeof name === 'string' &&
  typeof value === 'string' &&
  HEADER_NAME.test(name) &&
  HEADER_VALUE.test(value);

/**
 * `[{ name, value }]`, `[{ "X-Name": "value" }]` or a plain object: the JSON form is documented
 * nowhere.
 */
const readHeaders = (hook: Reader): Record<string, string> | undefined => {
  const raw = hook.raw('headers');
  if (raw === undefined) return undefined;
  const entries = (Array.isArray(raw) ? raw : [raw]).filter(isObject).flatMap((entry) => {
    const { name, value } = entry;
    return typeof name === 'string' ? [[name, value] as const] : Object.entries(entry);
  });
  const headers = entries.filter(([name, value]) => isHeader(name, value)).slice(0, HEADERS_MAX);
  if (headers.length !== entries.length)
    return hook.refuse('headers', `Expected at most ${HEADERS_MAX} headers of plain text.`);
  return headers.length === 0 ? undefined : (Object.fromEntries(headers) as Record<string, string>);
};

const readHook = (hook: Reader): WebHook => {
  const eventName =
    hook.text('eventName', { required: true, max: 128, without: WITHOUT_MARKUP }) ?? '';
  const url = readUrl(hook) ?? '';
  const authorization = hook.text('authorization', {
    min: 8,
    max: 64,
    pattern: /^[\x21-\x7e]+$/,
    expected: '8 to 64 printable characters',
  });
  const headers = readHeaders(hook);
  return {
    eventName,
    url,
    ...(authorization === undefined ? {} : { authorization }),
    ...(headers === undefined ? {} : { headers }),
  };
};

export const readNotifications = (parent: Reader): WebHook[] =>
  parent.child('notifications')?.list('webHooks', { max: HOOKS_MAX })?.map(readHook) ?? [];
