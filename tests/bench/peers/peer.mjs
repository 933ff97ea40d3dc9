// The PeerJS server as it comes; it relays messages of its own form between people known by id.
import { PeerServer } from 'peer';

PeerServer({ port: 0, host: '127.0.0.1', path: '/', concurrent_limit: 20_000 }, (server) => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
