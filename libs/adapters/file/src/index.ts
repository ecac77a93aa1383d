export { fileDelete } from './file-delete.adapter';
export { fileMove } from './file-move.adapter';
export { filePatchMany } from './file-patch-many.adapter';
export { fileRead } from './file-read.adapter';
export { fileWrite } from './file-write.adapter';
export { family } from './file.family';
