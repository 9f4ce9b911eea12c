import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { MARIADB_PASSWORD, MARIADB_USER } from '../rig/mariadb.ts';

/** A value as a test writes it. */
export type Value = string | number | null;

export interface Held {
  run(text: string): Promise<void>;
  commit(): Promise<void>;
}

/** A database as the program uses it that writes there: not by our observer's code. */
export interface Store {
  /** Statements without values, one after the other. */
  run(...texts: readonly string[]): Promise<void>;
  insert(table: string, row: Readonly<Record<string, Value>>): Promise<void>;
  /** A transaction that is open until it is committed. */
  begin(): Promise<Held>;
  /** All rows of a query, in its order. */
  all(text: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

export async function mariadbStore(port: number, database: string): Promise<Store> {
  const login = { user: MARIADB_USER, password: MARIADB_PASSWORD };
  const pool = mysql.createPool({ host: '127.0.0.1', port, database, ...login });
  const all = async (text: string): Promise<unknown[]> => (await pool.query(text))[0] as unknown[];
  return Promise.resolve({
    all,
    async run(...texts) {
      for (const text of texts) await pool.query(text);
    },
    async insert(table, row) {
      await pool.query(`insert into ${table} set ?`, [row]);
    },
    async begin() {
      const connection = await pool.getConnection();
      await connection.beginTransaction();
      return {
        async run(text) {
          await connection.query(text);
        },
        async commit() {
          await connection.commit();
          connection.release();
        },
      };
    },
    close: () => pool.end(),
  });
}

export function postgresStore(url: string): Store {
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => undefined); // the server is restarted under it
  return {
    async all(text) {
      return (await pool.query<Record<string, unknown>>(text)).rows;
    },
    async run(...texts) {
      for (const text of texts) await pool.query(text);
    },
    async insert(table, row) {
      const names = Object.keys(row);
      const places = names.map((_, index) => `$${index + 1}`);
      const text = `insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`;
      await pool.query(text, Object.values(row));
    },
    async begin() {
      const client = await pool.connect();
      await client.query('begin');
      return {
        async run(text) {
          await client.query(text);
        },
        async commit() {
          await client.query('commit');
          client.release();
        },
      };
    },
    close: () => pool.end(),
  };
}

/** It has one writer: no transaction is open beside another. */
export function sqliteStore(file: string): Omit<Store, 'begin'> {
  const database = new Libsql(file);
  database.exec('pragma journal_mode = wal');
  return {
    all: (text) => Promise.resolve(database.prepare(text).all()),
    run(...texts) {
      for (const text of texts) database.exec(text);
      return Promise.resolve();
    },
    insert(table, row) {
      const names = Object.keys(row);
      const places = names.map(() => '?').join(', ');
      const text = `insert into ${table} (${names.join(', ')}) values (${places})`;
      database.prepare(text).run(...Object.values(row));
      return Promise.resolve();
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}
