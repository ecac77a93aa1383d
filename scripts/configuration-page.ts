import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import * as ts from 'typescript';
import { Environment } from '../libs/platform/src/config/environment';

const FOLDER = join(__dirname, '../libs/platform/src/config');
const SUFFIX = '.settings.ts';
/** An environment variable in running text. */
const VARIABLE = /(?<![\w`])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w`])/g;
/** Another page of docs/ in running text. */
const PAGE = /(?<![\w`/]|\]\()docs\/([\w-]+\.md(?:#[\w-]+)?)/g;

const HEAD = `# Configuration

<!-- Written by \`npm run docs:config\` from libs/platform/src/config/*.settings.ts. Do not edit: change the comments there. -->

By environment variables only, read and checked once at the start. A wrong value stops the start with one line for each that
is wrong. An empty variable counts as unset. What the settings mean together: [operations](operations.md#configuration).
`;

type Value = string | number | boolean | undefined;
type Settings = new () => Record<string, Value>;

/**
 * docs/configuration.md, from the settings classes: a section per class, a heading per variable, its comment, its values
 * and its default.
 * @throws Error naming the class or the variable that has no comment
 */
export async function configurationPage(): Promise<string> {
  const order = Object.keys(new Environment());
  const sections = await Promise.all(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => section(join(FOLDER, file))),
  );
  const place = ({ names }: { names: readonly string[] }) => order.indexOf(names[0] ?? '');
  const texts = sections.sort((left, right) => place(left) - place(right)).map(({ text }) => text);
  return [HEAD, ...texts].join('\n');
}

async function section(file: string): Promise<{ names: string[]; text: string }> {
  const comments = commentsIn(file);
  const exported = Object.entries((await import(file)) as Record<string, unknown>);
  const [className, Class] = exported.find(([name]) => name.endsWith('Settings')) ?? [];
  if (className === undefined) throw new Error(`${basename(file)} exports no class that is named ...Settings`);
  const defaults = Object.entries(new (Class as Settings)());
  const title = className
    .slice(0, -'Settings'.length)
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const variables = defaults.map(([name, value]) => {
    const lines = [
      comments.of(`${className}.${name}`),
      [takes(Class as Settings, name), standard(value)].join(' ').trim(),
    ];
    return `### ${name}\n\n${lines.join('\n\n')}\n`;
  });
  return {
    names: defaults.map(([name]) => name),
    text: [`## ${title}\n\n${comments.of(className)}\n`, ...variables].join('\n'),
  };
}

function standard(value: Value): string {
  return value === undefined ? 'Default: none.' : `Default: \`${String(value)}\`.`;
}

/** What the decorators of a field accept, in words. */
function takes(Class: Settings, name: string): string {
  const storage = getMetadataStorage();
  const checks = storage
    .getTargetValidationMetadatas(Class, '', false, false)
    .filter(({ propertyName }) => propertyName === name)
    .map(({ name: check, constraints, message, constraintCls }) => ({
      check,
      bounds: constraints as readonly unknown[],
      words:
        typeof message === 'string'
          ? message
          : storage.getTargetValidatorConstraints(constraintCls)[0]?.instance.defaultMessage?.(),
    }));
  const bound = (check: string) => checks.find((one) => one.check === check)?.bounds[0] as number | undefined;
  const least = bound('min');
  const most = bound('max');
  const sentences = checks.flatMap(({ check, bounds, words }) => {
    switch (check) {
      case 'isInt':
        return [`A whole number${range(least, most)}.`];
      case 'isNumber':
        return [`A number${range(least, most)}.`];
      case 'isIn':
        return [`One of ${(bounds[0] as readonly unknown[]).map((one) => `\`${String(one)}\``).join(', ')}.`];
      case 'minLength':
        return [`At least ${String(bounds[0])} characters.`];
      case 'isString':
      case 'min':
      case 'max':
      case undefined:
        return [];
      default:
        // `NAME must be ...`, as the start says it.
        return words === undefined ? [] : [`${linked(words.replace(`${name} must`, 'Must')).replace(/\.$/, '')}.`];
    }
  });
  return sentences.join(' ');
}

function range(least: number | undefined, most: number | undefined): string {
  if (least === undefined) return most === undefined ? '' : ` up to ${grouped(most)}`;
  return most === undefined ? ` of at least ${grouped(least)}` : ` from ${grouped(least)} to ${grouped(most)}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** The doc comments of classes (`Class`) and of their fields (`Class.FIELD`) in a file. */
function commentsIn(file: string): { of: (name: string) => string } {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Map<string, string>();
  for (const statement of source.statements) {
    if (!ts.isClassDeclaration(statement) || !statement.name) continue;
    const className = statement.name.text;
    found.set(className, commentOf(statement));
    for (const member of statement.members) {
      if (ts.isPropertyDeclaration(member)) found.set(`${className}.${member.name.getText()}`, commentOf(member));
    }
  }
  return {
    of: (name) => {
      const text = found.get(name) ?? '';
      if (text === '') throw new Error(`${basename(file)}: ${name} has no doc comment`);
      return text;
    },
  };
}

function commentOf(node: ts.Node): string {
  const text = ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => (typeof comment === 'string' ? comment : (ts.getTextOfJSDocComment(comment) ?? '')))
    .join('\n');
  const sentence = linked(text.replaceAll(/\s+/g, ' ').trim());
  return sentence === '' || /[.:]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Variables as code, pages as links. */
function linked(text: string): string {
  return text.replaceAll(VARIABLE, (name) => `\`${name}\``).replaceAll(PAGE, (_, page: string) => `[${page}](${page})`);
}
