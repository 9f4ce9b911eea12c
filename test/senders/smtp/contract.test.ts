import { describeSender } from '../../contracts/sender-contract.ts';
import { LOGIN, PASSWORD, senderFor } from './setup.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describeSender({
  name: 'smtp',
  create: (stub, { clock, timeoutMs }) => senderFor(stub.port, { ...LOGIN, timeoutMs }, clock),
  extensions: ['AUTH PLAIN LOGIN', 'DSN', 'SIZE 10000000'],
  stages: ['greeting', 'ehlo', 'auth', 'mail', 'rcpt', 'data', 'final'],
  secrets: [PASSWORD, base64(PASSWORD), base64(`\0${LOGIN.user}\0${PASSWORD}`)],
});
