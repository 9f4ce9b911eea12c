import * as z from 'zod';

const FORMAT = 1;

/** How far a folder has been read: every UID below `uidNext`. */
export const FolderMark = z.object({
  uidValidity: z.int().positive(),
  uidNext: z.int().positive(),
});
export type FolderMark = z.output<typeof FolderMark>;

const ImapCursor = z.object({
  format: z.literal(FORMAT),
  folders: z.record(z.string(), FolderMark),
});

/** Folder to mark. */
export type Marks = ReadonlyMap<string, FolderMark>;

/** The marks of a stored cursor; one that we cannot read (another format, nothing stored) has none. */
export function readCursor(cursor: unknown): Marks {
  const parsed = ImapCursor.safeParse(cursor);
  return new Map(parsed.success ? Object.entries(parsed.data.folders) : []);
}

/** JSON for {@link readCursor}. */
export function writeCursor(marks: Marks): z.output<typeof ImapCursor> {
  return { format: FORMAT, folders: Object.fromEntries(marks) };
}
