/**
 * The database has forgotten what it had said was durable: a standby took over that had not got the last of it, or a
 * backup was put in its place. What is in memory is not what is stored any more.
 */
export class GoneBack extends Error {
  readonly fault =
    'it is not as this process left it (an older copy took its place?), so this one has to be started anew';

  constructor() {
    super('the ledger is at another position than after the last commit');
  }
}
