import { describe, expect, it } from 'vitest';
import { labelFiles } from '../../examples/browser/src/folder';

const label = (...paths: string[]) =>
  labelFiles(paths.map((path) => ({ path, file: new File([], path) }))).map(
    (entry) => `${entry.path}: ${entry.label}`,
  );

describe('labelFiles', () => {
  it('takes the subfolders of one folder as classes, at any depth', () => {
    expect(label('pets/dogs/old/a.jpg', '/pets/cats/b.PNG', 'pets/dogs/c.webp')).toEqual([
      '/pets/cats/b.PNG: cats',
      'pets/dogs/c.webp: dogs',
      'pets/dogs/old/a.jpg: dogs',
    ]);
  });

  it('takes several folders as the classes themselves', () => {
    expect(label('/dogs/a.jpg', '/cats/b.png')).toEqual(['/cats/b.png: cats', '/dogs/a.jpg: dogs']);
  });

  it('leaves hidden and other files out', () => {
    expect(label('p/a/1.png', 'p/b/2.png', 'p/b/notes.txt', 'p/.git/3.png', 'p/a/._1.png')).toHaveLength(2);
  });

  it('says what is missing', () => {
    expect(() => label('p/notes.txt')).toThrow(/^There are no pictures in this folder \(1 file\)/);
    expect(() => label('p/a/1.png')).toThrow(/^There is only one class, “a”/);
    expect(() => label('p/a/1.png', 'p/b/2.png', 'p/3.png')).toThrow(/^“p\/3.png” is in no class/);
    expect(() => label('1.png', 'a/2.png')).toThrow(/^“1.png” is in no class/);
  });
});
