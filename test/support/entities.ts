import { EntitySchema } from 'typeorm';
import { columnName, type AnyTable } from '@assent/platform';

/** A declared table as TypeORM sees it. TypeORM declares its options as classes, but accepts plain objects. */
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
export function entityOf({ name, columns, constraints }: AnyTable): EntitySchema {
  const { primaryKey, indexes = {}, checks = {} } = constraints;
  return new EntitySchema({
    name,
    tableName: name,
    columns: Object.fromEntries(
      Object.entries(columns).map(([key, { definition }]) => [
        key,
        {
          ...definition,
          name: columnName(key),
          ...(primaryKey.includes(key) ? { primary: true, primaryKeyConstraintName: `${name}_pkey` } : {}),
        },
      ]),
    ),
    indices: Object.entries(indexes).map(([index, definition]) => {
      if ('synchronize' in definition) return { name: index, ...definition };
      if (!('on' in definition)) return { name: index, columns: [...definition] };
      const { on, ...rest } = definition;
      return { name: index, columns: [...on], ...rest };
    }),
    checks: Object.entries(checks).map(([check, expression]) => ({ name: check, expression })),
  });
}
/* eslint-enable @typescript-eslint/no-unsafe-class-instance-assignment */
