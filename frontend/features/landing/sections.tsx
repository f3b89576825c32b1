import { Logo } from "@/components/site/logo";
import { ThemeToggle } from "@/components/site/theme-toggle";
import { buttonClass } from "@/components/ui/button";
import { ContactSheet } from "./contact-sheet";

const WIDTH = "mx-auto w-full max-w-6xl px-4 sm:px-6";

export function Header() {
  return (
    <header className={`${WIDTH} flex h-16 items-center justify-between gap-3`}>
      <Logo />
      <nav aria-label="Account" className="flex items-center gap-1 sm:gap-2">
        <ThemeToggle />
        <a href="/sign-in" className={buttonClass({ variant: "quiet" }, "px-3")}>
          Sign in
        </a>
        <a href="/sign-up" className={buttonClass({}, "max-sm:hidden")}>
          Create account
        </a>
      </nav>
    </header>
  );
}

export function Hero() {
  return (
    <section className={`${WIDTH} grid items-center gap-12 pt-12 pb-20 lg:grid-cols-[1fr_1.05fr] lg:pt-20 lg:pb-28`}>
      <div>
        <h1 className="text-[clamp(2.25rem,5.5vw,3.75rem)] leading-[1.05] font-semibold tracking-[-0.03em]">
          Image datasets you can account for
        </h1>
        <p className="mt-6 max-w-xl text-lg leading-relaxed text-ink-soft">
          Give PixCrawler a list of addresses or a web page. It fetches the images, keeps each one once, and writes down
          where it came from, who made it and under which licence. You curate, then download a numbered version that
          your training code opens.
        </p>
        <div className="mt-9 flex flex-wrap gap-3">
          <a href="/sign-up" className={buttonClass({ size: "large" })}>
            Create your first dataset
          </a>
          <a href="#how" className={buttonClass({ size: "large", variant: "secondary" })}>
            See how it works
          </a>
        </div>
      </div>
      <ContactSheet />
    </section>
  );
}

const STEPS = [
  {
    title: "Crawl",
    text: "Paste addresses or point at a page. The crawler follows images in markup, srcset, picture and links, obeys robots.txt, and never touches an address that is not on the public internet.",
  },
  {
    title: "Watch",
    text: "Rate, time left and every image as it arrives. Each address ends in a state with one plain reason: stored, duplicate, rejected, failed. Stop when you have enough; retry only what failed.",
  },
  {
    title: "Curate",
    text: "Thousands of images in one scrolling sheet. Select by mouse or keyboard, relabel, delete, undo. A deleted image stays known, so the next crawl does not bring it back.",
  },
  {
    title: "Export",
    text: "A frozen, numbered ZIP with a folder for each label, as ImageFolder loaders read it, a checksum, and the source and licence of every image beside it.",
  },
] as const;

export function Steps() {
  return (
    <section id="how" aria-labelledby="how-title" className="scroll-mt-6 border-y border-rule bg-sheet">
      <div className={`${WIDTH} py-20`}>
        <h2 id="how-title" className="max-w-2xl text-3xl font-semibold">
          From a list of addresses to a dataset
        </h2>
        <ol className="mt-12 grid gap-x-10 gap-y-12 sm:grid-cols-2 lg:grid-cols-4">
          {STEPS.map(({ title, text }, index) => (
            <li key={title} className="border-t-2 border-ink pt-5">
              <p className="font-mono text-sm text-lamp-text">{index + 1}</p>
              <h3 className="mt-1 text-lg font-semibold">{title}</h3>
              <p className="mt-2 text-[0.9375rem] leading-relaxed text-ink-soft">{text}</p>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

const RECORD = [
  ["source_page", "https://example.org/alps/flowers"],
  ["source_url", "https://example.org/img/gentian-04.jpg"],
  ["licence", "CC BY 4.0"],
  ["author", "as named on the page"],
  ["label", "gentian"],
  ["size", "2400 × 1600, JPEG, 1.2 MB"],
  ["sha256", "9f2c51…e07a"],
  ["fetched_at", "2026-05-14T09:30:12Z"],
] as const;

const REFUSALS = [
  ["Duplicates", "Exact copies by content hash; resized and recompressed copies by perceptual hash."],
  ["Broken and tiny files", "Everything is decoded before it is kept. You set the smallest size."],
  ["Sites that say no", "robots.txt is read and obeyed, and so are opt-outs from data mining."],
  ["Addresses inside networks", "Each address is checked when it is resolved, and again at every redirect."],
] as const;

export function Carries() {
  return (
    <section className={`${WIDTH} grid gap-x-16 gap-y-14 py-20 lg:grid-cols-2`}>
      <div>
        <h2 className="text-3xl font-semibold">What every image carries</h2>
        <p className="mt-4 text-ink-soft">
          When somebody asks where a picture came from, the answer is in the dataset. What a source does not state is
          recorded as not stated.
        </p>
        <dl className="mt-8 overflow-hidden rounded-2xl border border-rule bg-sheet text-sm">
          {RECORD.map(([name, value]) => (
            <div key={name} className="grid grid-cols-[7rem_1fr] gap-3 border-b border-rule px-4 py-2.5 last:border-0">
              <dt className="font-mono text-[0.8125rem] text-ink-soft">{name}</dt>
              <dd className="min-w-0 font-mono text-[0.8125rem] break-words">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div>
        <h2 className="text-3xl font-semibold">What it leaves out</h2>
        <p className="mt-4 text-ink-soft">Refusing well is half of the work, and you can read why for each address.</p>
        <dl className="mt-8 space-y-7">
          {REFUSALS.map(([name, text]) => (
            <div key={name} className="border-l-2 border-lamp pl-5">
              <dt className="font-semibold">{name}</dt>
              <dd className="mt-1 text-[0.9375rem] leading-relaxed text-ink-soft">{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}

export function Closing() {
  return (
    <section className={`${WIDTH} pb-24`}>
      <div className="flex flex-wrap items-center justify-between gap-6 rounded-3xl bg-ink px-7 py-10 text-ink-inverse sm:px-12">
        <div>
          <h2 className="text-2xl font-semibold">Start with ten addresses</h2>
          <p className="mt-1.5 opacity-80">The first dataset takes a few minutes.</p>
        </div>
        <a
          href="/sign-up"
          className="inline-flex h-12 items-center rounded-xl bg-paper px-6 font-medium text-ink hover:bg-well"
        >
          Create account
        </a>
      </div>
    </section>
  );
}

export function Footer() {
  return (
    <footer className="border-t border-rule">
      <div className={`${WIDTH} flex flex-wrap items-center justify-between gap-4 py-8 text-sm text-ink-soft`}>
        <Logo />
        <p>Open source under the MIT licence. The images belong to their authors.</p>
      </div>
    </footer>
  );
}
