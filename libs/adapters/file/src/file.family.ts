import { closed } from '@assent/contract';
import type { ToolFamily } from '@assent/tools';
import { fileDelete } from './file-delete.adapter';
import { fileEdit } from './file-edit.adapter';
import { fileList } from './file-list.adapter';
import { fileMove } from './file-move.adapter';
import { filePatchMany } from './file-patch-many.adapter';
import { filePatch } from './file-patch.adapter';
import { fileRead } from './file-read.adapter';
import { fileSearch } from './file-search.adapter';
import { fileWrite } from './file-write.adapter';

/** The file tools of the workspaces. They are always on. */
export const family: ToolFamily = {
  section: 'file',
  settingsSchema: closed({}),
  create: () => [fileList, fileRead, fileSearch, fileWrite, fileEdit, filePatch, filePatchMany, fileMove, fileDelete],
};
