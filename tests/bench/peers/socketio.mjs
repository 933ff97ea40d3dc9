// The relay of two people in a room on socket.io: stamps who it is from, emits it to the other.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const server = createServer();
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false });

io.on('connection', (socket) => {
  const id = String(socket.handshake.query.id);
  socket.join(id);
  socket.on('signal', (message) => {
    message.from = id;
    io.to(message.to).emit('signal', message);
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
