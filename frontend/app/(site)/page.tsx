import { Carries, Closing, Footer, Header, Hero, Steps } from "@/features/landing/sections";

export default function LandingPage() {
  return (
    <>
      <Header />
      <main id="main">
        <Hero />
        <Steps />
        <Carries />
        <Closing />
      </main>
      <Footer />
    </>
  );
}
