// A program under supervision: it tells its pid and does what its arguments say.
const [name = '', behaviour = ''] = process.argv.slice(2);
console.log(`${name} ${process.pid}`);
if (behaviour === 'fails') process.exit(7);
const alive = setInterval(() => undefined, 1000);
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => {
  console.log(`${name} stops`);
  clearInterval(alive);
  process.disconnect();
});
process.send?.('ready');
