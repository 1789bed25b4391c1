window.settings = { serverUrl: "http://localhost:8080/api", environment: "development" };
