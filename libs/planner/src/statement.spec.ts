import { canonical, entitiesOf } from './statement';

describe('canonical', () => {
  it.each([
    ['The connection pool is probably too small', 'the connection pool is too small'],
    ['It might also be that  DNS resolution is failing', 'dns resolution is failing'],
    ['It looks like the pool is exhausted.', 'the pool is exhausted'],
    ['There is a very good chance that the port is wrong', 'the port is wrong'],
    ['My guess is that the port is 8080', 'the port is 8080'],
    ['The timeout seems to be in seconds', 'the timeout is in seconds'],
    ['The logs might be stale', 'the logs are stale'],
    ['ＤＮＳ is down', 'dns is down'],
  ])('"%s" says "%s"', (text, key) => {
    expect(canonical(text)).toMatchObject({ key, negated: false });
  });

  it.each([
    ['X is not in Y', 'x is in y'],
    ["The config isn't in app.yaml", 'the config is in app.yaml'],
    ['DNS is probably not the cause', 'dns is the cause'],
    ['It is unlikely that the disk is full', 'the disk is full'],
    ["I don't think it's the disk", 'it is the disk'],
    ['The pool cannot be exhausted', 'the pool is exhausted'],
    ['The disk is no longer full', 'the disk is full'],
  ])('"%s" denies "%s"', (text, key) => {
    expect(canonical(text)).toMatchObject({ key, negated: true });
  });

  it('a double negation is no negation', () => {
    expect(canonical('I do not think the disk is not full')).toMatchObject({ key: 'the disk is full', negated: false });
  });

  it('a text of nothing but a hedge stays what it is', () => {
    expect(canonical('Maybe')).toMatchObject({ key: 'maybe', negated: false });
  });
});

it('entities are the names in a text, each once', () => {
  expect(
    entitiesOf('The `foo bar` in config/app.yaml sets MAX_POOL to 30s on port 8080, see config/app.yaml and "x y".'),
  ).toEqual(['30s', '8080', 'MAX_POOL', 'config/app.yaml', 'foo bar', 'x y']);
});
