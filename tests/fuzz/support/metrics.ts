/** What a server's own metrics say: requests by route and status, and gauges by name. */
export interface ServerMetrics {
  /** Answers to a route with a status of this hundred, such as 2 for 200 to 299. */
  answers(route: string | undefined, hundred: number): number;
  gauge(name: string): number;
  /** A gauge that is told by a label, over all that it has. */
  total(name: string): number;
}

export async function metricsOf(url: string): Promise<ServerMetrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [
    ...text.matchAll(
      /^http_request_duration_seconds_count\{route="([^"]*)",method="\w+",status="(\d)\d\d"[^}]*\} (\d+)$/gm,
    ),
  ].map(([, route, hundred, count]) => ({ route, hundred: Number(hundred), count: Number(count) }));
  return {
    answers: (route, hundred) =>
      counts
        .filter((one) => one.hundred === hundred && (route === undefined || one.route === route))
        .reduce((sum, { count }) => sum + count, 0),
    total: (name) =>
      [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'gm'))].reduce(
        (sum, [, value]) => sum + Number(value),
        0,
      ),
    gauge: (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN),
  };
}
