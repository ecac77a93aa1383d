export function App() {
  return (
    <main>
      <h1>Assent</h1>
    </main>
  );
}
