import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, Res } from '@nestjs/common';
import { PAGE, START_SCRIPT } from './graphiql.page.js';

interface Asset {
  /** The package it lies in. */
  readonly of: string;
  readonly path: string;
  readonly type: string;
}

/** The only files served, each from its package in node_modules: nothing comes from elsewhere, so it works offline. */
const ASSETS: Readonly<Record<string, Asset>> = {
  'react.js': { of: 'react', path: 'umd/react.production.min.js', type: 'text/javascript' },
  'react-dom.js': {
    of: 'react-dom',
    path: 'umd/react-dom.production.min.js',
    type: 'text/javascript',
  },
  'graphiql.js': { of: 'graphiql', path: 'graphiql.min.js', type: 'text/javascript' },
  'graphiql.css': { of: 'graphiql', path: 'graphiql.min.css', type: 'text/css' },
};

/** Scripts only from here; styles inline too, because the editor measures text by writing them. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Reply {
  header(name: string, value: string): Reply;
  send(body: string): Reply;
}

/** Packages are found from the script that was started: it lies in the same tree as node_modules, wherever that was installed.
 * By their package.json, the one file of theirs that every package lets be named. */
const fileOf = ({ of, path }: Asset): string => {
  const { resolve } = createRequire(process.argv[1] ?? `${process.cwd()}/`);
  return join(dirname(resolve(`${of}/package.json`)), path);
};

/** A page to try queries in, until there is a console; not in production. */
@Controller()
export class GraphiqlController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', CONTENT_SECURITY_POLICY)
  @Header('referrer-policy', 'no-referrer')
  @Header('x-content-type-options', 'nosniff')
  page(): string {
    return PAGE;
  }

  @Get('graphiql/start.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  start(): string {
    return START_SCRIPT;
  }

  @Get('graphiql/:file')
  async asset(@Param('file') file: string, @Res({ passthrough: true }) reply: Reply) {
    const asset = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined;
    if (!asset) throw new NotFoundException();
    reply.header('content-type', `${asset.type}; charset=utf-8`);
    reply.header('cache-control', 'max-age=3600');
    return readFile(fileOf(asset), 'utf8');
  }
}
