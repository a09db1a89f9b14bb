import type { FastifyInstance } from 'fastify';
import { invalid } from './refusal.js';

/**
 * Bodies are JSON whatever their type says; an empty one is none (the official client sends an
 * empty string with terminate); a browser's form becomes an object of strings.
 */
export const parseBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, text, done) => done(null, Object.fromEntries(new URLSearchParams(String(text)))),
  );
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    if (String(text).trim() === '') return done(null, undefined);
    try {
      return done(null, JSON.parse(String(text)));
    } catch {
      return done(invalid('', 'The body is not valid JSON.'), undefined);
    }
  });
};
