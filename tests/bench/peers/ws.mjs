// The relay of two people in a room on npm `ws`: parses, stamps who it is from, sends it to the other.
import { WebSocketServer } from 'ws';

/** @type {Map<string, import('ws').WebSocket>} */
const people = new Map();
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });

server.on('listening', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});

server.on('connection', (socket, request) => {
  const id = new URL(request.url ?? '', 'ws://relay').searchParams.get('id') ?? '';
  people.set(id, socket);
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString());
    message.from = id;
    people.get(message.to)?.send(JSON.stringify(message));
  });
  socket.on('close', () => people.delete(id));
});
