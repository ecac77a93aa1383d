import { fileList } from './file/file-list.adapter';
import { filePatch } from './file/file-patch.adapter';
import { fileRead } from './file/file-read.adapter';
import { fileSearch } from './file/file-search.adapter';
import { fileWrite } from './file/file-write.adapter';
import type { ToolAdapter } from './tool-adapter.port';

/** Every tool of the server. Adding one is its file and a line here. */
export const ADAPTERS: readonly ToolAdapter[] = [fileList, fileRead, fileSearch, fileWrite, filePatch];
