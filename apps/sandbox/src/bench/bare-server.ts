import { createServer } from 'node:http';

const ANSWER = Buffer.from('{"code":0,"message":null,"response":{"status":"paid"}}');

/** What Node can do at all: it reads a body and answers a fixed one. */
export const serveBare = (port: number): void => {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': ANSWER.length,
      });
      response.end(ANSWER);
    });
  });
  server.listen(port, '127.0.0.1');
};
